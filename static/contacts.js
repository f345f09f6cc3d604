// The contact form without network, and the count of contacts that wait to be sent. Without this script the form is an
// ordinary one.
"use strict";

(() => {
  const form = document.querySelector("form[data-contact]");

  // How many wait, and which of them the server has refused, with its reasons and the way to correct them.
  async function show() {
    const box = document.querySelector("[data-unsent]");
    const waiting = (await outbox.all()).filter((item) => item.owner === box.dataset.unsent);
    box.hidden = !waiting.length;
    box.querySelector("[data-unsent-count]").textContent = String(waiting.length);
    const list = box.querySelector("[data-refused]");
    list.replaceChildren();
    for (const item of waiting.filter((each) => each.refused)) {
      const line = list.appendChild(document.createElement("li"));
      line.textContent = `${Object.fromEntries(item.fields).organisation ?? ""} ${item.refused.join(" ")} `;
      const link = line.appendChild(document.createElement("a"));
      link.href = `${item.action}/new#${item.key}`;
      link.textContent = list.dataset.refused;
    }
  }

  async function flush() {
    try {
      await outbox.flush();
    } catch {
      // Still no network: they wait.
    }
    await show();
  }

  // Keep the empty form and what it is drawn with for times without network.
  async function keepForm() {
    const answer = await fetch(form.dataset.shell);
    if (!answer.ok || answer.redirected) return;
    await caches.delete("contact-form");
    const cache = await caches.open("contact-form");
    await cache.put(form.dataset.shell, answer);
    const drawn = [...document.querySelectorAll("link[rel~=icon], link[rel=stylesheet], script[src]")];
    const icons = document.querySelector("use").getAttribute("href").split("#")[0];
    await cache.addAll([...drawn.map((element) => element.href || element.src), icons]);
  }

  // A badge that was read without network: who it is comes with its token.
  function takeBadge() {
    const inPath = location.pathname.match(/^\/b\/([\w-]+)$/);
    const token = inPath ? inPath[1] : new URLSearchParams(location.search).get("badge");
    const who = form.querySelector("[data-who]");
    if (!token || !who || form.querySelector(".invalid")) return;
    form.elements.badge.value = token;
    for (const field of who.querySelectorAll("[name]")) field.disabled = true;
    who.hidden = true;
    form.querySelector("[data-of-badge]").hidden = false;
  }

  // A contact that the server refused, back in the form.
  async function correct() {
    const item = (await outbox.all()).find((each) => each.key === location.hash.slice(1));
    if (!item) return;
    next();
    for (const [name, value] of item.fields) {
      const fields = form.querySelectorAll(`[name="${name}"]`);
      for (const field of fields) {
        if (field.type === "radio" || field.type === "checkbox") field.checked ||= field.value === value;
        else field.value = value;
      }
    }
  }

  function next() {
    form.reset();
    delete form.dataset.sent;
    form.elements.key.value = crypto.randomUUID();
    form.elements.badge.value = "";
    const who = form.querySelector("[data-who]");
    if (who) {
      for (const field of who.querySelectorAll("[name]")) field.disabled = false;
      who.hidden = false;
      form.querySelector("[data-of-badge]").hidden = true;
    }
  }

  async function keep() {
    form.elements.owner.value = form.dataset.owner;
    form.elements.captured_at.value = new Date().toISOString();
    const fields = [...new FormData(form)].filter(([name]) => name !== "csrf_token");
    const { key } = Object.fromEntries(fields);
    await outbox.put({ key, owner: form.dataset.owner, action: form.action, noted_at: Date.now(), fields });
    const worker = await navigator.serviceWorker?.getRegistration();
    await worker?.sync?.register("contacts").catch(() => {});
    await flush();
    const left = (await outbox.all()).find((item) => item.key === key);
    if (!left) {
      location.assign(form.dataset.done);
    } else if (left.refused && form.elements.csrf_token) {
      // The server says beside each field what is wrong.
      await outbox.remove(key);
      form.submit();
    } else {
      const said = form.querySelector("[data-kept]");
      said.hidden = Boolean(left.refused);
      if (!left.refused) next();
      (left.refused ? document.querySelector("[data-unsent]") : said).scrollIntoView({ block: "center" });
    }
  }

  // What cannot be kept without the server's word is asked for before.
  function complete() {
    const needed = form.elements.badge.value ? ["interest"] : ["organisation", "country", "interest"];
    for (const name of needed) {
      for (const field of form.querySelectorAll(`[name="${name}"]`)) field.required = true;
    }
    return form.reportValidity();
  }

  if ("serviceWorker" in navigator) navigator.serviceWorker.register("/service-worker.js");
  if (form && "indexedDB" in window && crypto.randomUUID) {
    if (!form.elements.key.value) form.elements.key.value = crypto.randomUUID();
    takeBadge();
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      if (complete()) keep();
      else delete form.dataset.sent;
    });
    correct();
    addEventListener("hashchange", correct);
    if ("caches" in window && form.elements.csrf_token) keepForm().catch(() => {});
  }
  addEventListener("online", flush);
  flush();
})();
