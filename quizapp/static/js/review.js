// The page before handing in: what is kept on this device is sent first, and at zero what is saved is handed in.
import * as clock from "./clock.js";
import { sendKept } from "./outbox.js";

const form = document.getElementById("hand-in");
const notice = document.getElementById("kept");
const prefix = form.dataset.key;
let isLeaving = false;

async function deliver() {
  const { sent, left } = await sendKept(prefix, form.elements.csrf_token.value);
  if (left.length) {
    const position = left[0].key.split(":")[2];
    const link = notice.querySelector("a");
    link.textContent = link.dataset.words.replace("{n}", position);
    link.href = link.dataset.address.replace(/\/1$/, `/${position}`);
    notice.hidden = false;
  }
  return { sent, left };
}

const within = (time, work) => Promise.race([work, new Promise((resolve) => setTimeout(resolve, time))]);

form.addEventListener("submit", async (event) => {
  if (isLeaving) return;
  event.preventDefault();
  const done = await within(4000, deliver().catch(() => null));
  if (done?.left.length) return; // the notice says which item needs a look
  isLeaving = true;
  form.requestSubmit();
});

deliver()
  .then(({ sent }) => {
    if (sent) location.reload(); // the counts on this page are older than what was just saved
  })
  .catch(() => {});

const element = document.querySelector("#clock[data-left]");
if (element) {
  clock.start(element, document.getElementById("clock-said"), async () => {
    await within(8000, deliver().catch(() => null));
    isLeaving = true;
    form.submit();
  });
}
