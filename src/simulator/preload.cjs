// Redirects the requests of a Node program from Sendivent to the simulator of `sendivent simulator run`: the official SDK
// derives its address from the key, and has no option for another. Other requests are unchanged.
'use strict';

(() => {
  const SIMULATOR = '{SIMULATOR}';
  const SERVICE = ['api.sendivent.com', 'api-sandbox.sendivent.com'].flatMap((host) => ['https://' + host, 'http://' + host]);
  const originalFetch = globalThis.fetch;
  if (typeof originalFetch !== 'function') return;

  /** Returns the simulator's URL for one of the service, undefined for any other. */
  const redirect = (address) => {
    let url;
    try {
      url = new URL(address);
    } catch {
      return undefined;
    }
    return SERVICE.includes(url.origin) ? SIMULATOR + url.pathname + url.search : undefined;
  };

  // The type is checked first: reading the global `Request` loads all of Node's HTTP client.
  const isRequest = (input) =>
    typeof input === 'object' &&
    input !== null &&
    !(input instanceof URL) &&
    typeof Request === 'function' &&
    input instanceof Request;

  globalThis.fetch = async function fetch(input, init) {
    if (isRequest(input)) {
      const address = redirect(input.url);
      return address === undefined ? originalFetch(input, init) : originalFetch(new Request(address, input), init);
    }
    const address = redirect(String(input));
    return originalFetch(address === undefined ? input : address, init);
  };
})();
