import * as answers from "./answers.js";
import * as look from "./look.js";
import * as shortcuts from "./shortcuts.js";

const form = document.getElementById("item");
answers.enhance(form);
form.addEventListener("change", () => answers.problem(form));
form.addEventListener("submit", () => {
  form.elements.ms.value = look.take();
});
shortcuts.listen(form, () => form.requestSubmit());
