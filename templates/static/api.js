/* Prova API:et: varje formulär blir ett anrop, och svaret visas under det. */
(() => {
  "use strict";
  const sida = document.querySelector("[data-api]");
  const token = document.getElementById("token");

  const adress = (form) => {
    let vag = form.dataset.path;
    const fraga = new URLSearchParams();
    for (const falt of form.querySelectorAll("[data-var]")) {
      if (falt.dataset.var === "path") vag = vag.replace(`{${falt.name}}`, encodeURIComponent(falt.value.trim()));
      if (falt.dataset.var === "query" && falt.value.trim()) fraga.set(falt.name, falt.value.trim());
    }
    return fraga.size ? `${vag}?${fraga}` : vag;
  };

  const anrop = (form) => {
    const huvuden = { Accept: "application/json" };
    // Med token skickas ingen kaka, så att det verkligen är token som prövas.
    if (token.value.trim()) huvuden.Authorization = `Bearer ${token.value.trim()}`;
    else if (form.dataset.method !== "GET") huvuden["X-CSRFToken"] = sida.dataset.csrf;
    const innehall = form.querySelector("[data-var=body]");
    if (innehall) huvuden["Content-Type"] = "application/json";
    return { method: form.dataset.method, headers: huvuden, body: innehall?.value, credentials: token.value.trim() ? "omit" : "same-origin" };
  };

  const snyggt = (text) => { try { return JSON.stringify(JSON.parse(text), null, 2); } catch { return text; } };

  const visa = (form, rubrik, text, gick) => {
    const ruta = form.querySelector("[data-svar]");
    const rad = document.createElement("p");
    const stark = document.createElement("strong");
    stark.textContent = rubrik;
    rad.append(`${form.dataset.method} ${adress(form)} `, stark);
    const innehall = document.createElement("pre");
    innehall.tabIndex = 0;
    innehall.setAttribute("aria-label", "Svaret");
    innehall.textContent = text;
    ruta.replaceChildren(rad, innehall);
    ruta.dataset.gick = gick;
    ruta.hidden = false;
  };

  document.addEventListener("submit", async (handelse) => {
    const form = handelse.target;
    if (!form.matches("form[data-path]")) return;
    handelse.preventDefault();
    const knapp = form.querySelector("button");
    knapp.disabled = true;
    try {
      const svar = await fetch(adress(form), anrop(form));
      const slag = svar.headers.get("Content-Type") ?? "";
      const text = /json|text/.test(slag) ? snyggt(await svar.text()) : `En fil, ${slag}, ${(await svar.blob()).size} byte.`;
      visa(form, `${svar.status} ${svar.statusText}`, text, svar.ok);
    } catch {
      visa(form, "Inget svar", "Det gick inte att nå Samväg. Kontrollera nätet och försök igen.", false);
    } finally {
      knapp.disabled = false;
    }
  });

  // En länk till en åtgärd öppnar den.
  const oppna = () => { const mal = document.getElementById(location.hash.slice(1)); if (mal?.matches("details")) mal.open = true; };
  addEventListener("hashchange", oppna);
  oppna();
})();
