// After handing in nothing of the exam stays on this device: what was not sent is sent, as the history keeps even
// what no longer counts, and what the server will not have is dropped.
import * as kept from "./kept.js";
import { sendKept } from "./outbox.js";

const exam = document.querySelector("[data-handed-in]");
sendKept(exam.dataset.handedIn, document.querySelector("#sign-out [name=csrf_token]").value)
  .then(({ left }) => {
    for (const { record, verdict } of left) if (verdict === "conflict") kept.remove(record);
  })
  .catch(() => {});
