// Sends what a Node program would send to Sendivent to the simulator of `sendivent simulator run`. The official SDK takes
// its address from its key and has no option for another. Everything else goes where it went before.
'use strict';

(() => {
  const SIMULATOR = '{SIMULATOR}';
  const SERVICE = ['api.sendivent.com', 'api-sandbox.sendivent.com'].flatMap((host) => ['https://' + host, 'http://' + host]);
  const real = globalThis.fetch;
  if (typeof real !== 'function') return;

  /** Returns the simulator's address of one of the service's; nothing for any other. */
  const moved = (address) => {
    let url;
    try {
      url = new URL(address);
    } catch {
      return undefined;
    }
    return SERVICE.includes(url.origin) ? SIMULATOR + url.pathname + url.search : undefined;
  };

  // `Request` is only looked at for objects: to touch it loads all of Node's client.
  const isRequest = (input) =>
    typeof input === 'object' &&
    input !== null &&
    !(input instanceof URL) &&
    typeof Request === 'function' &&
    input instanceof Request;

  globalThis.fetch = async function fetch(input, init) {
    if (isRequest(input)) {
      const address = moved(input.url);
      return address === undefined ? real(input, init) : real(new Request(address, input), init);
    }
    const address = moved(String(input));
    return real(address === undefined ? input : address, init);
  };
})();
