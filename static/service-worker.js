// Answers for the site where there is no network: with the empty contact form, and with nothing else.
"use strict";
importScripts("/static/outbox.js");

const CACHE = "contact-form";
const PATIENCE = 6000;
const NOTING = /^\/(exhibitors\/\d+\/contacts\/new|b\/[\w-]+)$/;

self.addEventListener("install", () => self.skipWaiting());
self.addEventListener("activate", (event) => event.waitUntil(self.clients.claim()));

self.addEventListener("fetch", (event) => {
  const { request } = event;
  const url = new URL(request.url);
  if (url.origin !== location.origin) return;
  // Whoever signs out, or is asked to sign in, leaves no form behind for the next person at this phone.
  if (url.pathname === "/sign-out" || (url.pathname === "/sign-in" && request.mode === "navigate")) {
    event.waitUntil(caches.delete(CACHE));
  } else if (request.method === "GET" && request.mode === "navigate") {
    event.respondWith(page(request, NOTING.test(url.pathname)));
  } else if (request.method === "GET" && url.pathname.startsWith("/static/")) {
    event.respondWith(fetch(request).catch(async () => (await caches.match(request)) ?? Response.error()));
  }
});

self.addEventListener("sync", (event) => {
  if (event.tag === "contacts") event.waitUntil(outbox.flush());
});

// The page from the network; the form where that does not answer. At a crowded fair a phone may think that it has
// network and wait for ever: the form is not waited for as long as another page.
async function page(request, noting) {
  const answer = fetch(request);
  const late = new Promise((resolve) => setTimeout(resolve, PATIENCE));
  try {
    const first = await (noting ? Promise.race([answer, late]) : answer);
    return first ?? (await shell(request.url)) ?? (await answer);
  } catch (error) {
    const kept = await shell(request.url);
    if (kept) return kept;
    throw error;
  }
}

// The kept form: that of the exhibitor in the address, where it names one.
async function shell(address) {
  if (!(await caches.has(CACHE))) return undefined;
  const { pathname } = new URL(address);
  const cache = await caches.open(CACHE);
  const kept = (await cache.keys()).find((each) => each.url.endsWith("/contacts/shell"));
  const wanted = pathname.endsWith("/contacts/new") ? pathname.replace(/new$/, "shell") : kept;
  return wanted && cache.match(wanted);
}
