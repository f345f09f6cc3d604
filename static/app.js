// Comfort for those who have JavaScript; every page works without it.
"use strict";

// Menus and confirmations are <details>: close them with Escape, by a press on data-close, or by a press outside.
function close(details, focus) {
  details.open = false;
  if (focus) details.querySelector("summary").focus();
}
document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape") return;
  const open = event.target.closest("details[open][data-closable]");
  if (open) close(open, true);
});
document.addEventListener("click", (event) => {
  for (const menu of document.querySelectorAll("details.menu[open]")) {
    if (!menu.contains(event.target)) close(menu, false);
  }
  const button = event.target.closest("[data-close], [data-copy], [data-add-row]");
  if (!button) return;
  if ("close" in button.dataset) {
    event.preventDefault();
    close(button.closest("details"), true);
  } else if ("copy" in button.dataset) {
    copy(button);
  } else {
    event.preventDefault();
    addRow(button);
  }
});

async function copy(button) {
  await navigator.clipboard.writeText(document.getElementById(button.dataset.copy).textContent.trim());
  button.querySelector("[role=status]").textContent = button.dataset.copied;
}

// Add another row to a field list without a round trip: the last row is copied, emptied and numbered anew.
function addRow(button) {
  const list = document.getElementById(button.dataset.addRow);
  const last = list.lastElementChild;
  const row = last.cloneNode(true);
  const prefix = `${button.dataset.addRow}-`;
  const next = list.children.length;
  for (const element of [row, ...row.querySelectorAll("*")]) {
    for (const name of ["id", "name", "for", "aria-describedby", "aria-labelledby"]) {
      const value = element.getAttribute(name);
      if (value) element.setAttribute(name, value.replaceAll(`${prefix}${next - 1}`, `${prefix}${next}`));
    }
    element.classList.remove("invalid");
    element.removeAttribute("aria-invalid");
    if (element.matches("input:not([type=checkbox], [type=radio], [type=hidden]), textarea")) element.value = "";
    if (element.matches("input[type=checkbox], input[type=radio]")) element.checked = false;
    if (element.matches("select")) element.selectedIndex = 0;
  }
  for (const gone of row.querySelectorAll(".error, [data-row-id]")) gone.remove();
  for (const number of row.querySelectorAll("[data-row-number]")) number.textContent = String(next + 1);
  list.append(row);
  row.querySelector("input:not([type=hidden]), select, textarea").focus();
}

// One press sends a form once; a page that comes back from the history can send again.
document.addEventListener("submit", (event) => {
  if (event.target.method !== "post") return;
  if (event.target.dataset.sent) event.preventDefault();
  event.target.dataset.sent = "1";
});
window.addEventListener("pageshow", () => {
  for (const form of document.querySelectorAll("form[data-sent]")) delete form.dataset.sent;
});

// After a refused form the reader stands at the summary of errors.
document.querySelector("#error-summary:not(.sample *)")?.focus();

// A new account's time zone is the device's, unless the reader chooses another.
for (const select of document.querySelectorAll("select[data-own-zone]")) {
  if (select.value) continue;
  select.value = Intl.DateTimeFormat().resolvedOptions().timeZone;
  if (select.selectedIndex < 0) select.selectedIndex = 0;
}
