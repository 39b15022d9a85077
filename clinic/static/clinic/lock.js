// Locks the screen when nobody is at it, a little before the server would, so that what was typed
// stays where it is. The server decides: it answers nothing while its session is locked.
(() => {
  const dialog = document.getElementById("lock");
  if (!dialog) return;
  const { minutes, person, lock: lockAt, here: hereAt } = dialog.dataset;
  const EARLY = 20_000; // how long before the server, and how often it hears of activity at most
  const limit = Number(minutes) * 60_000 - EARLY;
  const token = dialog.querySelector("[name=csrfmiddlewaretoken]").value;
  const [byPassword, byPasskey] = dialog.querySelectorAll("form[data-unlock]");
  const tabs = new BroadcastChannel("courseline-lock");
  let seen = Date.now();
  let told = Date.now();
  let isLocked = false;
  let title = "";

  const post = (url, body) =>
    fetch(url, {
      method: "POST",
      body,
      redirect: "manual",
      headers: { Accept: "application/json", "X-CSRFToken": token },
    });
  const isSignedOut = (answer) => answer.type === "opaqueredirect" || answer.status === 403;

  const fault = (text) => {
    const note = dialog.querySelector("[data-lock-fault]");
    note.querySelector("p").textContent = text;
    note.hidden = !text;
  };

  const offerPasskey = async () => {
    if (!window.PublicKeyCredential || !window.isSecureContext) return;
    const answer = await fetch(byPasskey.dataset.options, {
      redirect: "manual",
      headers: { Accept: "application/json" },
    }).catch(() => null);
    if (!answer?.ok) return;
    const { request_options: options } = await answer.json();
    byPasskey.hidden = !options.publicKey.allowCredentials?.length;
  };

  const close = async (tell) => {
    if (isLocked) return;
    isLocked = true;
    title = document.title;
    document.title = "Locked · Courseline";
    document.documentElement.classList.add("is-locked");
    fault("");
    dialog.showModal();
    byPassword.elements.password.focus();
    if (tell) {
      tabs.postMessage({ kind: "locked", person });
      await post(lockAt).catch(() => null);
    }
    await offerPasskey();
  };

  const open = () => {
    isLocked = false;
    seen = told = Date.now();
    byPassword.reset();
    dialog.close();
    document.documentElement.classList.remove("is-locked");
    document.title = title;
  };

  const unlock = async (form) => {
    if (form === byPasskey && !(await window.courselinePasskey(form))) return;
    const answer = await post(form.action, new URLSearchParams(new FormData(form))).catch(() => null);
    if (!answer) return fault("No connection. Try again.");
    if (isSignedOut(answer)) return location.reload();
    if (answer.ok) {
      open();
      return tabs.postMessage({ kind: "unlocked", person });
    }
    const said = answer.status === 422 ? (await answer.json()).faults : [];
    fault(said.join(" ") || "That did not work. Wait five minutes, then try again.");
    byPassword.elements.password.select();
  };

  const note = async (event) => {
    if (isLocked || !event.isTrusted) return;
    seen = Date.now();
    if (seen - told < EARLY) return;
    told = seen;
    tabs.postMessage({ kind: "seen", person });
    const answer = await post(hereAt).catch(() => null);
    if (answer?.status === 423) close(false);
    else if (answer && isSignedOut(answer)) location.reload();
  };

  for (const event of ["pointerdown", "pointermove", "keydown", "wheel", "touchstart"])
    addEventListener(event, note, { passive: true, capture: true });
  setInterval(() => Date.now() - seen >= limit && close(true), 1000);
  document.addEventListener("visibilitychange", () => Date.now() - seen >= limit && close(true));

  tabs.addEventListener("message", ({ data }) => {
    if (data.person !== person) location.replace("/"); // somebody else signed in meanwhile
    else if (data.kind === "seen") seen = told = Date.now();
    else if (data.kind === "locked") close(false);
    else if (data.kind === "unlocked" && isLocked) open();
  });
  tabs.postMessage({ kind: "seen", person });

  // Escape must not open it, and neither must a browser that closes dialogs its own way.
  dialog.addEventListener("cancel", (event) => event.preventDefault());
  dialog.addEventListener("close", () => isLocked && dialog.showModal());
  dialog.addEventListener("submit", (event) => {
    if (!event.target.matches("[data-unlock]")) return;
    event.preventDefault();
    unlock(event.target);
  });
  document.addEventListener("submit", (event) => {
    if (!event.target.matches("[data-lock-now]")) return;
    event.preventDefault();
    event.target.closest("details")?.removeAttribute("open");
    close(true);
  });

  // Nothing asks again behind the lock; a piece that was refused for it brings it up.
  document.addEventListener("htmx:before:request", (event) => isLocked && event.preventDefault());
  document.addEventListener("htmx:before:response", (event) => {
    if (event.detail.ctx.response.status !== 423) return;
    event.preventDefault();
    close(false);
  });
})();
