// Every form that hands in (the review page, a closed exam, home): what is kept on this device is sent first.
// On the review page the clock runs, too, and at zero what is saved is handed in.
import * as clock from "./clock.js";
import * as poll from "./poll.js";
import { handIn, pause, sendKept, within } from "./outbox.js";

const form = document.getElementById("hand-in");
const notice = document.getElementById("kept");
const prefix = form.dataset.key; // person:attempt:
const token = form.elements.csrf_token;
let isLeaving = false;

async function deliver() {
  const { sent, left } = await sendKept(prefix, token.value);
  notice.hidden = !left.length || isLeaving;
  if (left.length) nameItem(left[0].record.slot.split(":")[2]);
  return { sent, left };
}

// The review page leads back to the item; on a closed exam there is nothing to open.
function nameItem(position) {
  const link = notice.querySelector("a");
  if (!link) return;
  link.textContent = link.dataset.words.replace("{n}", position);
  link.href = link.dataset.address.replace(/\/1$/, `/${position}`);
}

function handInNow() {
  isLeaving = true;
  form.submit();
}

notice.querySelector("button").addEventListener("click", handInNow);
form.addEventListener("submit", async (event) => {
  event.preventDefault();
  if (isLeaving) return;
  const done = await within(4000, deliver().catch(() => null));
  if (!done?.left.length) handInNow(); // else the notice says what can be done
});

// Before the grace is over, what is kept comes first, try after try.
async function over() {
  if (isLeaving) return;
  isLeaving = true;
  notice.hidden = true;
  document.getElementById("over").hidden = false;
  const end = performance.now() + Number(element.dataset.grace) * 1000;
  const first = () => deliver().catch(() => null);
  for (let tries = 1; performance.now() < end; tries += 1) {
    const done = await first();
    if (!done?.left.some(({ verdict }) => verdict !== "conflict")) break;
    await pause(tries, 2000);
  }
  await handIn(form.action, token, { first, leave: (address) => location.assign(address) });
}

deliver()
  .then(({ sent }) => {
    // The review page's counts are older than what was just saved.
    if (sent && !isLeaving && "counts" in form.dataset) location.reload();
  })
  .catch(() => {});

const element = document.querySelector("#clock[data-left]");
const timer = element
  ? clock.start(element, document.getElementById("clock-said"), prefix.split(":")[1], over)
  : null;
if (form.dataset.time) {
  const ignore = () => {};
  const time = (body) => body.left === null || isLeaving || timer?.set(body.left);
  const closed = () => isLeaving || location.reload();
  poll.start(form.dataset.time, { time, closed, reached: ignore, lost: ignore });
}
