// The page without this file is the same page, reloaded by hand. With it, what changed
// is put in place as the board says that something did.
"use strict";
(() => {
  const soon = 400, atMost = 1000, atLeast = 60000, patience = 15000;
  const lost = document.getElementById("lost");
  let busy = false, again = false, last = 0, timer = 0, stream = null, asked = 0, shown = 0;

  // What the server sent last, by part: comparing with the page itself would find
  // every opened <details> changed.
  const sent = new Map();
  const parts = (root) => [...root.querySelectorAll("[data-part]")];
  for (const part of parts(document)) sent.set(part.id, part.outerHTML);

  function put(html) {
    const next = new DOMParser().parseFromString(html, "text/html").getElementById("main");
    if (!next) return location.reload();
    const main = document.getElementById("main");
    const focus = remember();
    const same = parts(next).map((p) => p.id).join() === parts(main).map((p) => p.id).join();
    const fresh = new Map(parts(next).map((p) => [p.id, p.outerHTML]));
    if (!same) {
      main.replaceChildren(...next.childNodes);
    } else {
      for (const part of parts(next)) {
        if (sent.get(part.id) === fresh.get(part.id)) continue;
        document.getElementById(part.id).replaceWith(part);
      }
    }
    sent.clear();
    for (const [id, text] of fresh) sent.set(id, text);
    focus();
  }

  // Whoever works with the keyboard, or has opened something, keeps their place.
  function remember() {
    const open = [...document.querySelectorAll("#main details[open]")].map((d) => d.closest("[id]").id);
    const at = document.activeElement;
    const form = at && at.closest("#main form") && at.closest("form").getAttribute("action");
    const id = at && at.id;
    return () => {
      for (const of of open) {
        const details = document.getElementById(of)?.querySelector("details");
        if (details) details.open = true;
      }
      if (document.activeElement !== document.body) return;
      const back = form
        ? [...document.forms].find((f) => f.getAttribute("action") === form)?.querySelector("button")
        : id && document.getElementById(id);
      if (back) back.focus({ preventScroll: true });
      else if (form) document.getElementById("main").focus({ preventScroll: true });
    };
  }

  // An answer that was overtaken by a newer one is not shown.
  async function load(url, options) {
    const number = ++asked;
    const answer = await fetch(url, {
      ...options,
      headers: { "Crema-Fragment": "1" },
      signal: options ? undefined : AbortSignal.timeout(patience),
    });
    if (answer.redirected && new URL(answer.url).pathname === "/login") return location.reload();
    if (!answer.ok) throw new Error(answer.statusText);
    const html = await answer.text();
    const at = new URL(answer.url);
    if (options && at.pathname + at.search !== location.pathname + location.search) {
      // The answer belongs to another page: a question was answered.
      return location.assign(answer.url);
    }
    if (number > shown) {
      shown = number;
      put(html);
    }
    last = Date.now();
    lost.hidden = true;
  }

  async function refresh() {
    timer = 0;
    if (document.hidden) return;
    if (busy) { again = true; return; }
    busy = true;
    try {
      await load(location.pathname + location.search);
    } catch {
      lost.hidden = false;
    } finally {
      busy = false;
      if (again) { again = false; hint(); }
    }
  }

  // Many hints in a row are one refresh.
  function hint() {
    if (!timer) timer = setTimeout(refresh, Math.max(soon, last + atMost - Date.now()));
  }

  function listen() {
    if (document.hidden) {
      // A browser has few connections to one board: a page that nobody looks at gives its own back.
      if (stream) stream.close();
      stream = null;
      return;
    }
    if (stream) return;
    stream = new EventSource("/api/v1/events");
    for (const type of ["job", "notice", "batch", "channel", "cup", "machine", "backend", "checkpoint"]) stream.addEventListener(type, hint);
    stream.onopen = hint;
    stream.onerror = () => {
      // A refused stream is not tried again by the browser.
      if (stream && stream.readyState === EventSource.CLOSED) { stream.close(); stream = null; }
      hint();
    };
  }

  document.addEventListener("submit", async (e) => {
    const form = e.target;
    if (!form.getAttribute("action").startsWith("/do/")) return;
    e.preventDefault();
    const button = form.querySelector("button");
    button.setAttribute("aria-busy", "true");
    if (form.dataset.sent) return;
    form.dataset.sent = "1";
    try {
      await load(form.action, { method: "POST", body: new URLSearchParams(new FormData(form)) });
      const notice = document.getElementById("notice");
      if (notice) notice.scrollIntoView({ block: "nearest" });
    } catch {
      lost.hidden = false;
    } finally {
      delete form.dataset.sent;
      button.removeAttribute("aria-busy");
    }
  });

  document.addEventListener("visibilitychange", () => { listen(); hint(); });
  setInterval(() => { listen(); if (Date.now() - last >= atLeast - 1000) hint(); }, atLeast / 2);
  last = Date.now();
  listen();
})();
