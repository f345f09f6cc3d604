// Reads calendar files (a JSON list of texts on standard input) by ical.js and prints what a calendar would understand.
import { readFileSync } from "node:fs";
import ICAL from "ical.js";

const files = JSON.parse(readFileSync(0, "utf8"));
const read = files.map((text) => {
  const calendar = new ICAL.Component(ICAL.parse(text));
  return {
    method: calendar.getFirstPropertyValue("method"),
    events: calendar.getAllSubcomponents("vevent").map((component) => {
      const event = new ICAL.Event(component);
      return {
        uid: event.uid,
        sequence: event.sequence,
        status: component.getFirstPropertyValue("status"),
        starts_at: event.startDate.toJSDate().toISOString(),
        ends_at: event.endDate.toJSDate().toISOString(),
        summary: event.summary,
      };
    }),
  };
});
console.log(JSON.stringify(read));
