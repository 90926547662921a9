// The exam page: each change is kept on this device, sent at once, and removed here when the server has it.
import * as clock from "./clock.js";
import * as conflict from "./conflict.js";
import * as look from "./look.js";
import { handIn, sendKept, wait, within } from "./outbox.js";
import * as outgoing from "./queue.js";
import * as shortcuts from "./shortcuts.js";
import * as sign from "./sign.js";

const form = document.getElementById("exam");
const fields = form.elements;
const slot = form.dataset.key; // person:attempt:position
const [person, attempt] = slot.split(":");
const loaded = { fields: answer((input) => input.defaultChecked), flagged: fields.flagged.value === "1" };
const early = answer(); // on a slow line somebody chooses before this script is here

let flagged = loaded.flagged;
let isOver = false;
let isLeaving = false;
let pressed = null; // the last button, for browsers whose submit event does not tell

// ---- What the page shows -------------------------------------------------------------------------------------

function square() {
  return form.querySelector(".palette [aria-current]");
}

function showState(state, time) {
  sign.show(state, time);
  square()?.classList.toggle("waiting", state !== "saved");
}

function showSquare() {
  const button = square();
  if (!button) return;
  const isAnswered = form.querySelector(".options input:checked") !== null;
  button.classList.toggle("done", isAnswered);
  button.classList.toggle("flag", flagged);
  form.querySelector(".clear-answer").hidden = !isAnswered;
  const counts = form.querySelector(".palette summary small");
  const count = (kind) => form.querySelectorAll(`.palette li .${kind}`).length;
  counts.textContent = counts.dataset.words.replace("{answered}", count("done")).replace("{flagged}", count("flag"));
}

function showFlag() {
  fields.flagged.value = flagged ? "1" : "0";
  const button = form.querySelector(".exam-flag");
  button.setAttribute("aria-pressed", String(flagged));
  const words = button.querySelector("span");
  words.textContent = flagged ? words.dataset.on : words.dataset.off;
  showSquare();
}

function answer(isChosen = (input) => input.checked) {
  const posted = {};
  for (const input of form.querySelectorAll(".options input")) {
    if (isChosen(input)) (posted[input.name] ??= []).push(input.value);
  }
  return posted;
}

function apply(posted) {
  for (const input of form.querySelectorAll(".options input")) {
    input.checked = (posted[input.name] ?? []).includes(input.value);
  }
}

function showAll(state) {
  apply(state.fields);
  flagged = state.flagged;
  showFlag();
}

// ---- Changes -------------------------------------------------------------------------------------------------

const queue = outgoing.start({
  slot,
  url: form.dataset.save,
  address: form.action,
  base: Number(fields.base.value),
  field: fields.csrf_token,
  on: {
    state: showState,
    saved: (body, { isLast, isOld }) => {
      fields.base.value = Math.max(Number(fields.base.value), body.version);
      if (body.left !== null && !isOver) timer?.set(body.left);
      if (isLast && isOld) showAll(loaded);
      if (isLast) showState("saved", body.at);
    },
    conflict: (mine, theirs) => {
      fields.base.value = theirs.version;
      showState("conflict");
      conflict.ask(form, { mine, theirs, apply, choose: (side) => choose(side, mine) });
    },
    // At zero the page hands in anyway.
    closed: () => isOver || leaveFor(form.action),
  },
});

function changed() {
  showSquare();
  queue.add({ fields: answer(), flagged, ms: look.take() });
}

async function choose(side, mine) {
  if (side === "mine") {
    showAll(mine);
    queue.choose({ fields: answer(), flagged, ms: look.take() });
    return;
  }
  await within(2000, queue.choose(null));
  isLeaving = true;
  location.reload();
}

// ---- Leaving -------------------------------------------------------------------------------------------------

function leaveFor(address) {
  isLeaving = true;
  location.assign(address);
}

form.addEventListener("click", (event) => {
  pressed = event.target.closest("button");
});
form.addEventListener("submit", async (event) => {
  const button = event.submitter ?? pressed;
  if (button?.value === "flag" || button?.value === "clear") {
    event.preventDefault();
    if (button.value === "clear") apply({});
    else flagged = !flagged;
    showFlag();
    if (button.value === "clear") form.querySelector(".options input").focus();
    changed();
    return;
  }
  if (queue.isBusy()) {
    // What is on its way comes first; then the same button again.
    event.preventDefault();
    await within(4000, queue.run());
    if (!queue.isBusy()) button.click(); // else offline: the sign says so, and the page stays
    return;
  }
  isLeaving = true;
  fields.ms.value = look.take();
});
form.addEventListener("change", (event) => {
  if (event.target.closest(".options")) changed();
});
addEventListener("beforeunload", (event) => {
  if (queue.isBusy() && !isLeaving) event.preventDefault();
});

// ---- Zero ----------------------------------------------------------------------------------------------------

async function delivered() {
  while (queue.isBusy()) await wait(100);
}

async function over() {
  if (isOver) return;
  isOver = true;
  sign.sayUntil();
  queue.hurry();
  await within(Number(clockElement.dataset.grace) * 1000, delivered());
  if (!queue.isBusy()) showState("handing-in");
  await handIn(form.dataset.handIn, fields.csrf_token, {
    first: () => within(3000, delivered()),
    leave: leaveFor,
  });
}

// ---- Start ---------------------------------------------------------------------------------------------------

const clockElement = document.querySelector("#clock[data-left]");
const timer = clockElement
  ? clock.start(clockElement, document.getElementById("clock-said"), attempt, over)
  : null;
shortcuts.listen(form, () => form.querySelector(".exam-moves [value=next]").click());
if (matchMedia("(min-width: 60rem)").matches) document.getElementById("palette").open = true;

// Changes that an earlier page could not send: this item's are shown and sent, then the others quietly.
async function resend() {
  const newest = await queue.newestKept();
  if (newest) {
    showAll(newest);
    showState("saving");
  }
  if (JSON.stringify(early) !== JSON.stringify(loaded.fields)) {
    apply(early);
    changed();
  }
  await queue.run();
  await sendKept(`${person}:${attempt}:`, fields.csrf_token.value, slot);
}
resend().catch(() => {});
