// Keeps the list of a sitting up to date while its page is in sight. Asking is no activity of the person.
const EVERY = 15000;
const list = document.getElementById("live");
const keyed = (root) => new Map([...root.querySelectorAll("[data-live]")].map((cell) => [cell.dataset.live, cell]));

function show(page) {
  const [before, after] = [keyed(list), keyed(page)];
  const isSame = before.size === after.size && [...after.keys()].every((key) => before.has(key));
  if (!isSame) {
    // Somebody has joined or left. Nothing is taken away from under the reader's hands.
    if (!list.contains(document.activeElement)) list.replaceChildren(...page.body.childNodes);
    return;
  }
  for (const [key, cell] of after) {
    const old = before.get(key);
    if (old.textContent !== cell.textContent) old.textContent = cell.textContent;
  }
}

async function refresh() {
  if (document.hidden) return;
  try {
    const options = { headers: { "X-Quizapp-Background": "1" }, redirect: "manual" };
    const response = await fetch(list.dataset.address, options);
    if (response.ok) show(new DOMParser().parseFromString(await response.text(), "text/html"));
    else if ([401, 404].includes(response.status)) clearInterval(timer);
  } catch {
    // The line is down: the next time may go through.
  }
}

const timer = setInterval(refresh, Number(list.dataset.every ?? EVERY));
document.addEventListener("visibilitychange", refresh);
