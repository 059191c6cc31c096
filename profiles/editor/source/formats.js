// The formats that the schema names; the build leads its code here.

export { isDay as date } from "./days.js";
