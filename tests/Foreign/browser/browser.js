'use strict';

// node browser.js PAGE TARGET SCENARIO FORMAT: a page of that origin plays the scenario in Chromium. Exit code 1 with its complaint if
// it has one.
const { chromium } = require('playwright-core');

const [page, target, scenario, format] = process.argv.slice(2);
const host = new URL(target).hostname;

async function main() {
  const browser = await chromium.launch({
    executablePath: process.env.CHROMIUM,
    // The service's name is no host's. Root has no sandbox.
    args: ['--no-sandbox', '--no-proxy-server', `--host-resolver-rules=MAP ${host} 127.0.0.1`],
  });
  try {
    const tab = await browser.newPage();
    const said = [];
    tab.on('console', (message) => said.push(message.text()));
    tab.on('pageerror', (error) => said.push(String(error)));
    await tab.goto(page);
    await tab.waitForFunction(() => window.play);
    const complaint = await tab.evaluate((asked) => window.play(...asked), [scenario, target, format]);
    if (complaint) {
      throw new Error([complaint, ...said].join('\n'));
    }
    if (scenario === 'forbidden' && !said.some((line) => line.includes('CORS'))) {
      throw new Error(`the browser did not speak of CORS:\n${said.join('\n')}`);
    }
  } finally {
    await browser.close();
  }
}

main().catch((error) => {
  console.error(error.message);
  process.exit(1);
});
