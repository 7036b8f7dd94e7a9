// A page of another origin: it is served sandboxed, so the browser gives it the origin `null`. It does what a stranger's
// page would do with a copied deployment key, and tells the demo what it learned. A script of its own, without imports,
// because a page without an origin may load no modules.

void (async () => {
  const deploymentKey = decodeURIComponent(location.hash.slice(1));
  const given = await fetch('/v2/Webchat/Token', {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      'x-webchat-sec-usersettings': '{}',
      'x-webchat-sec-webchatinfo': '{}',
      'x-webchat-sec-decoders': '{}',
    },
    body: JSON.stringify({ deploymentKey }),
  }).then(
    ({ ok }) => ok,
    () => false,
  );
  const response = await fetch(`/v2/Webchat/Origin?deploymentKey=${encodeURIComponent(deploymentKey)}`);
  const requestId = response.headers.get('x-request-id');
  parent.postMessage({ given, status: response.status, requestId, verdict: await response.json() }, '*');
})();
