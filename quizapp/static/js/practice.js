import * as look from "./look.js";
import * as shortcuts from "./shortcuts.js";

const form = document.getElementById("item");
form.addEventListener("submit", () => {
  form.elements.ms.value = look.take();
});
shortcuts.listen(form, () => form.requestSubmit());
