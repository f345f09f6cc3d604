// Contacts that wait on this phone until the server has kept them; shared by the pages and the service worker.
"use strict";

const outbox = (() => {
  // One transaction of the store; `work` makes a request, whose result is waited for.
  function store(mode, work) {
    return new Promise((resolve, reject) => {
      const opening = indexedDB.open("fairlink-contacts", 1);
      opening.onupgradeneeded = () => opening.result.createObjectStore("waiting", { keyPath: "key" });
      opening.onerror = () => reject(opening.error);
      opening.onsuccess = () => {
        const database = opening.result;
        const transaction = database.transaction("waiting", mode);
        const request = work(transaction.objectStore("waiting"));
        transaction.oncomplete = () => {
          database.close();
          resolve(request.result);
        };
        transaction.onabort = () => reject(transaction.error);
      };
    });
  }
  const put = (item) => store("readwrite", (items) => items.put(item));
  const remove = (key) => store("readwrite", (items) => items.delete(key));
  const all = () => store("readonly", (items) => items.getAll());

  // Send what waits, as the person who noted it. What the server refuses stays with its reasons; what it cannot be
  // asked stays as it is. A contact that was sent and not known to be kept is sent again: its key makes it harmless.
  async function send() {
    const waiting = (await all()).filter((item) => !item.refused).sort((one, other) => one.noted_at - other.noted_at);
    if (!waiting.length) return;
    const who = await fetch("/contacts/outbox", { headers: { Accept: "application/json" }, cache: "no-store" });
    if (!who.ok || who.redirected) return;
    const { owner, token } = await who.json();
    for (const item of waiting.filter((each) => each.owner === owner)) {
      const answer = await fetch(item.action, {
        method: "POST",
        headers: { Accept: "application/json", "X-CSRFToken": token },
        body: new URLSearchParams(item.fields),
      });
      if (answer.status === 422) await put({ ...item, refused: (await answer.json()).errors });
      else if (answer.ok && (await answer.json()).kept === item.key) await remove(item.key);
    }
  }
  // One at a time, over all pages and the service worker.
  const flush = () => (navigator.locks ? navigator.locks.request("fairlink-contacts", send) : send());
  return { put, remove, all, flush };
})();
