// Two answers to one item: the page shows both and asks. Until one is chosen nothing else on the page can be done.
import * as answers from "./answers.js";

const box = document.getElementById("conflict");

// `choose` is told "mine" or "theirs".
export function ask(form, { mine, theirs, choose }) {
  for (const [side, state] of Object.entries({ theirs, mine })) {
    answers.apply(form, state.fields);
    const place = box.querySelector(`[data-side=${side}]`);
    place.replaceChildren(box.dataset[side], ": ", ...answers.describe(form));
  }
  const others = [...form.querySelectorAll(".options input, button")].filter(
    (each) => !each.disabled && !box.contains(each),
  );
  const setDisabled = (isDisabled) => {
    for (const each of others) each.disabled = isDisabled;
  };
  setDisabled(true);
  box.hidden = false;
  box.scrollIntoView({ block: "center" });
  box.querySelector("button").focus();
  box.onclick = (event) => {
    const side = event.target.closest("[data-keep]")?.dataset.keep;
    if (!side) return;
    box.hidden = true;
    choose(side);
    if (side === "theirs") return; // the page loads again, with the saved one
    setDisabled(false);
    (form.querySelector(".options input:checked") ?? form.querySelector(".options input")).focus();
  };
}
