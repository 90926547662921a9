// Before somebody signs out, what is kept on this device of their exams is sent; if that fails, the page says so.
import { sendKept, within } from "./outbox.js";

const form = document.getElementById("sign-out");
const notice = document.getElementById("unsent");
let isLeaving = false;

function leave() {
  isLeaving = true;
  form.submit();
}

notice?.querySelector("button").addEventListener("click", leave);
form.addEventListener("submit", async (event) => {
  event.preventDefault();
  if (isLeaving) return;
  const work = sendKept(`${form.dataset.person}:`, form.elements.csrf_token.value);
  // No store, as in a private window: then nothing is kept either.
  const done = await within(4000, work.catch(() => ({ left: [] })));
  if (done && !done.left.length) leave();
  else {
    notice.hidden = false;
    notice.focus();
  }
});
