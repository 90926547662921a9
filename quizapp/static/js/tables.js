// Closes the tables under charts, which are open in the page itself for readers without a script.
const tables = document.querySelectorAll(".as-table");

for (const table of tables) table.open = false;

addEventListener("beforeprint", () => {
  for (const table of tables) table.open = true;
});
