// The code of a model card, taken as a reader takes it: pasted beside the model's folder and run, in Node and in Chromium without a network.
import { spawnSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import { extname, join } from "node:path";
import { chromium } from "playwright-core";

/** The first fenced block of a language in a card. */
export function blockOf(card, language) {
  const found = new RegExp(`^\`\`\`${language}\\n([\\s\\S]*?)^\`\`\`$`, "m").exec(card);
  if (!found) throw new Error(`the card has no ${language}`);
  return found[1];
}

const cardOf = (folder, name) => readFileSync(join(folder, name, "README.md"), "utf8");

/** What the card's module prints; `folder` has node_modules and the model's folder `name`. */
export function pastedInNode(folder, name) {
  writeFileSync(join(folder, "pasted.mjs"), blockOf(cardOf(folder, name), "js"));
  const { status, stdout, stderr } = spawnSync(process.execPath, ["pasted.mjs"], {
    cwd: folder,
    encoding: "utf8",
  });
  if (status !== 0) throw new Error(`pasted.mjs ended with ${status}\n${stderr}`);
  return stdout.trim();
}

const types = {
  ".html": "text/html",
  ".js": "text/javascript",
  ".mjs": "text/javascript",
  ".wasm": "application/wasm",
};

/** A server of the files of a folder, on this machine alone. */
async function serve(folder) {
  const server = createServer((request, response) => {
    const { pathname } = new URL(request.url, "http://localhost");
    try {
      const content = readFileSync(join(folder, decodeURIComponent(pathname)));
      response.writeHead(200, { "content-type": types[extname(pathname)] ?? "application/octet-stream" });
      response.end(content);
    } catch {
      response.writeHead(404).end();
    }
  });
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  return { server, origin: `http://127.0.0.1:${server.address().port}` };
}

/** What the card's page shows, and every address that it asked for; what is not this machine does not answer. */
export async function pastedInBrowser(folder, name, executablePath) {
  writeFileSync(join(folder, "pasted.html"), `<!doctype html>\n${blockOf(cardOf(folder, name), "html")}`);
  const { server, origin } = await serve(folder);
  const args = ["--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1"];
  if (process.getuid?.() === 0) args.push("--no-sandbox");
  const browser = await chromium.launch({ executablePath, args });
  try {
    const page = await browser.newPage();
    const [asked, errors] = [[], []];
    page.on("request", (request) => asked.push(request.url()));
    page.on("pageerror", (error) => errors.push(error.message));
    await page.goto(`${origin}/pasted.html`);
    const shown = page.waitForFunction(() => document.querySelector("pre").textContent, null, {
      timeout: 60_000,
    });
    const text = await shown
      .then((handle) => handle.jsonValue())
      .catch((error) => {
        throw new Error([error.message, ...errors].join("\n"));
      });
    return {
      text,
      elsewhere: asked.filter((address) => !address.startsWith(origin) && !/^(blob|data):/.test(address)),
    };
  } finally {
    await browser.close();
    server.close();
  }
}
