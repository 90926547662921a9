// What an item's own fields hold, whatever its type: chosen boxes, numbers, and the place in a conversation.
const CONTROLS = ".options input";

function isGiven(input) {
  return ["radio", "checkbox"].includes(input.type) ? input.checked : input.value !== "";
}

function wasGiven(input) {
  return ["radio", "checkbox"].includes(input.type) ? input.defaultChecked : input.defaultValue !== "";
}

// The fields as they would be posted; with `loaded`, as they came with the page.
export function read(form, loaded = false) {
  const posted = {};
  for (const input of form.querySelectorAll(CONTROLS)) {
    if (loaded ? !wasGiven(input) : !isGiven(input)) continue;
    (posted[input.name] ??= []).push(loaded ? input.defaultValue : input.value);
  }
  return posted;
}

export function isAnswered(form) {
  return [...form.querySelectorAll(CONTROLS)].some((input) => input.type !== "hidden" && isGiven(input));
}

// Shows posted fields. Those of an earlier place in a conversation belong to another page.
export function apply(form, posted) {
  for (const input of form.querySelectorAll(`${CONTROLS}[type=hidden]`)) {
    if (posted[input.name] && posted[input.name][0] !== input.value) return;
  }
  for (const input of form.querySelectorAll(CONTROLS)) {
    const values = posted[input.name] ?? [];
    if (["radio", "checkbox"].includes(input.type)) input.checked = values.includes(input.value);
    else if (input.type !== "hidden") input.value = values[0] ?? "";
  }
}

// Why the answer cannot be saved as it stands, in the page's words; nothing when it can. Says so beside the fields.
export function problem(form) {
  let found = null;
  for (const group of form.querySelectorAll("[data-problem]")) {
    const boxes = group.querySelectorAll("input[type=checkbox]:checked").length;
    const picks = [...group.querySelectorAll("input[type=radio]:checked")].map((input) => input.value);
    const numbers = [...group.querySelectorAll("input[type=number]")];
    const given = numbers.filter((input) => input.value !== "" || input.validity.badInput);
    const isOff =
      boxes > Number(group.dataset.most ?? Infinity) ||
      (group.matches(".two-picks") && new Set(picks).size < picks.length) ||
      new Set(given.map((input) => input.value)).size < given.length ||
      given.some((input) => !input.validity.valid);
    let place = group.querySelector(":scope > .answer-problem");
    if (!place) {
      place = document.createElement("p");
      place.className = "answer-problem";
      place.setAttribute("role", "alert");
      group.append(place);
    }
    const text = isOff ? group.dataset.problem : "";
    if (place.textContent !== text) place.textContent = text;
    if (isOff) found = text;
  }
  return found;
}

// An answer in words: each choice with the statement that it belongs to.
export function describe(form) {
  const lines = [...form.querySelectorAll(CONTROLS)]
    .filter((input) => input.type !== "hidden" && isGiven(input))
    .map((input) => {
      const words = input.closest("label").querySelector(".option-text, span").cloneNode(true);
      const line = document.createElement("span");
      line.className = "conflict-line";
      const statement = input.closest(".judged")?.querySelector("legend");
      if (statement) line.append(statement.textContent, ": ");
      if (input.type === "number") line.append(`${input.value}. `);
      line.append(words);
      return line;
    });
  return lines.length ? lines : ["–"];
}

// The best of some responses is not their worst as well. Who points means the later choice; arrow keys pass by
// others on their way, so there the page only says so.
function keepApart(group) {
  let isPointed = false;
  group.addEventListener("pointerdown", () => {
    isPointed = true;
  });
  group.addEventListener("keydown", () => {
    isPointed = false;
  });
  group.addEventListener("change", (event) => {
    const { name, value } = event.target;
    for (const other of isPointed ? group.querySelectorAll("input:checked") : []) {
      if (other.name !== name && other.value === value) other.checked = false;
    }
  });
}

// Buttons beside the numbers of a ranking, which stays in the order of its numbers.
function rank(list) {
  const group = list.closest(".options");
  const status = group.querySelector("[role=status]");
  const rows = () => [...list.children];
  const field = (row) => row.querySelector("input");
  const text = (row) => row.querySelector(".option-text").textContent;

  function number() {
    rows().forEach((row, index) => {
      field(row).value = index + 1;
    });
    list.dispatchEvent(new Event("change", { bubbles: true }));
  }
  function move(row, step) {
    const place = rows().indexOf(row) + step;
    if (place < 0 || place >= rows().length) return;
    if (step < 0) row.previousElementSibling.before(row);
    else row.nextElementSibling.after(row);
    number();
    status.textContent = list.dataset.moved
      .replace("{place}", place + 1)
      .replace("{count}", rows().length)
      .replace("{text}", text(row));
  }
  function button(row, step, words, sign) {
    const made = document.createElement("button");
    made.type = "button";
    made.className = "quiet rank-move";
    made.textContent = sign;
    made.setAttribute("aria-label", `${words}: ${text(row)}`);
    made.addEventListener("click", () => {
      move(row, step);
      made.focus();
    });
    return made;
  }
  for (const row of rows()) {
    const moves = document.createElement("span");
    moves.className = "rank-moves";
    moves.append(button(row, -1, list.dataset.up, "↑"), button(row, 1, list.dataset.down, "↓"));
    row.append(moves);
    row.draggable = true;
    row.addEventListener("dragstart", (event) => {
      event.dataTransfer.setData("text/plain", "");
      event.dataTransfer.effectAllowed = "move";
      row.classList.add("rank-dragged");
    });
    row.addEventListener("dragend", () => row.classList.remove("rank-dragged"));
    row.addEventListener("dragover", (event) => {
      const dragged = list.querySelector(".rank-dragged");
      if (dragged) event.preventDefault();
    });
    row.addEventListener("drop", (event) => {
      const dragged = list.querySelector(".rank-dragged");
      if (!dragged || dragged === row) return;
      event.preventDefault();
      if (rows().indexOf(dragged) < rows().indexOf(row)) row.after(dragged);
      else row.before(dragged);
      number();
    });
  }
  const keep = group.querySelector(".rank-keep");
  keep.hidden = false;
  keep.querySelector("button").addEventListener("click", number);
}

export function enhance(form) {
  form.querySelectorAll(".two-picks").forEach(keepApart);
  form.querySelectorAll(".rank-list").forEach(rank);
}
