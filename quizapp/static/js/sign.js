// The sign that says whether the last change is saved, and in trouble until when it has to be.
const PATIENCE = 5000;
const TROUBLE = ["kept", "unsent", "signed-out", "unsent-signed-out"];

const sign = document.getElementById("saved");
const span = sign.querySelector("span");
let shown = "";
let saysUntil = false;
let timeout = null;

export function show(state, time = "") {
  const isTrouble = TROUBLE.includes(state);
  shown = state;
  sign.dataset.state = isTrouble ? "problem" : state;
  if (isTrouble) timeout ??= setTimeout(sayUntil, PATIENCE);
  if (state === "saved") {
    clearTimeout(timeout);
    timeout = null;
    saysUntil = false;
  }
  const key = state.replace(/-(\w)/g, (_, letter) => letter.toUpperCase());
  let words = sign.dataset[key].replace("{time}", time);
  if (isTrouble && saysUntil && sign.dataset.until) words = `${words.replace(/\.$/, "")}. ${until()}`;
  if (span.textContent !== words) span.textContent = words; // screen readers hear a change once, not each try
}

// Until when answers can arrive; nothing without a clock.
export function until() {
  return sign.dataset.until?.replace("{time}", sign.dataset.untilTime) ?? "";
}

export function setUntil(time) {
  if (sign.dataset.until) sign.dataset.untilTime = time;
}

export function sayUntil() {
  saysUntil = true;
  if (TROUBLE.includes(shown)) show(shown);
}
