// Forms after which answers take no more changes (handing in, a break): what is kept on this device is sent first,
// and where that does not go through, the page says so and lets the learner decide.
import { handIn, pause, sendKept, within } from "./outbox.js";

// `form` has data-key, "person:attempt:", and the page the notice #kept.
export function guard(form) {
  const notice = document.getElementById("kept");
  const without = notice.querySelector("button");
  const token = form.elements.csrf_token;
  let pressed = null; // for browsers whose submit event does not tell
  let isLeaving = false;
  let isSent = false;

  async function deliver() {
    const { sent, left } = await sendKept(form.dataset.key, token.value);
    notice.hidden = !left.length || isLeaving;
    without.hidden = !pressed && form.querySelectorAll("button").length > 1; // without what, nobody has said yet
    if (left.length) nameItem(left[0].record.slot.split(":")[2]);
    return { sent, left };
  }
  // The page leads back to the item; on a closed exam there is nothing to open.
  function nameItem(position) {
    const link = notice.querySelector("a");
    if (!link) return;
    link.textContent = link.dataset.words.replace("{n}", position);
    link.href = link.dataset.address.replace(/\/1$/, `/${position}`);
  }
  function goOn(button) {
    isLeaving = true;
    isSent = true;
    (button ?? form.querySelector("button")).click();
  }

  without.addEventListener("click", () => goOn(pressed));
  form.addEventListener("click", (event) => {
    pressed = event.target.closest("button") ?? pressed;
  });
  form.addEventListener("submit", async (event) => {
    if (isSent) return;
    event.preventDefault();
    if (isLeaving) return;
    const button = event.submitter ?? pressed;
    const done = await within(4000, deliver().catch(() => null));
    if (!done?.left.length) goOn(button); // else the notice says what can be done
  });
  deliver()
    .then(({ sent }) => {
      // The page's counts are older than what was just saved.
      if (sent && !isLeaving && "counts" in form.dataset) location.reload();
    })
    .catch(() => {});

  return {
    isLeaving: () => isLeaving,
    // At zero. Before the grace is over, what is kept comes first, try after try.
    async over(address, grace) {
      if (isLeaving) return;
      isLeaving = true;
      notice.hidden = true;
      document.getElementById("over").hidden = false;
      const end = performance.now() + grace * 1000;
      const first = () => deliver().catch(() => null);
      for (let tries = 1; performance.now() < end; tries += 1) {
        const done = await first();
        if (!done?.left.some(({ verdict }) => verdict !== "conflict")) break;
        await pause(tries, 2000);
      }
      await handIn(address, token, { first, leave: (results) => location.assign(results) });
    },
  };
}
