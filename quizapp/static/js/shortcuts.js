// Keys 1 to 5 choose a response, Enter sends the form. Nothing is taken from a person who types or uses a modifier.
const TYPING = "input:not([type=radio]):not([type=checkbox]), textarea, select, [contenteditable]";

export function listen(form, send) {
  if (!("shortcuts" in form.dataset)) return;
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.repeat || event.target.closest(TYPING)) return;
    if (/^[1-5]$/.test(event.key)) {
      const choice = form.querySelectorAll("label.option input[type=radio]")[Number(event.key) - 1];
      if (!choice) return;
      event.preventDefault();
      choice.focus();
      if (!choice.checked) choice.click();
    } else if (event.key === "Enter" && !event.target.closest("button, a, summary, form")) {
      event.preventDefault();
      send();
    }
  });
}
