// Shows only the list that belongs to the chosen topic. Without script all lists are there, and the chosen one counts.
const fields = document.querySelectorAll(".topic-field");
function show() {
  const chosen = document.querySelector("input[name=about]:checked")?.value;
  for (const field of fields) field.hidden = field.dataset.for !== chosen;
}
for (const radio of document.querySelectorAll("input[name=about]")) radio.addEventListener("change", show);
show();
