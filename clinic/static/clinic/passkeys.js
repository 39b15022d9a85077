// Passkeys: a form that is marked so asks the browser for one, then sends what it says.
(() => {
  const canAsk = () => window.PublicKeyCredential && window.isSecureContext;

  // Where the question stands: in the page (#id), or at an address.
  const question = async (form) => {
    const where = form.dataset.options;
    if (where.startsWith("#")) return JSON.parse(document.querySelector(where).textContent);
    const answer = await fetch(where, { headers: { Accept: "application/json" } });
    if (!answer.ok) throw new Error(`${answer.status}`);
    return answer.json();
  };

  const create = async (form) => {
    const options = (await question(form)).creation_options;
    const choice = options.publicKey.authenticatorSelection;
    const alone = form.elements.passwordless?.checked ?? false;
    choice.residentKey = alone ? "required" : "discouraged";
    choice.requireResidentKey = alone;
    if (alone) choice.userVerification = "required";
    return webauthnJSON.create(options);
  };
  const get = async (form) => webauthnJSON.get((await question(form)).request_options);

  const say = (form, text) => {
    const note = form.querySelector("[data-passkey-fault]");
    note.querySelector("p").textContent = text;
    note.hidden = !text;
  };
  const ask = async (form) => {
    say(form, "");
    try {
      const made = form.dataset.passkey === "create" ? await create(form) : await get(form);
      form.elements.credential.value = JSON.stringify(made);
      return true;
    } catch {
      say(form, "No passkey was given. Try again, or take another way.");
      return false;
    }
  };
  window.courselinePasskey = ask;

  for (const form of document.querySelectorAll("form[data-passkey]")) {
    if (canAsk()) form.hidden = false;
    else if (!form.hidden) say(form, "This browser offers passkeys only over https.");
    if (form.dataset.passkeyBy) continue; // another script sends it
    form.addEventListener("submit", async (event) => {
      event.preventDefault();
      if (await ask(form)) form.submit();
    });
  }
})();
