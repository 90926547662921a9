// The page before handing in: the clock goes on, and at zero what is saved is handed in.
import * as clock from "./clock.js";

const element = document.querySelector("#clock[data-left]");
if (element) clock.start(element, document.getElementById("clock-said"), () => document.getElementById("hand-in").submit());
