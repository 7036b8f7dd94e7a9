// The jobs, each as a browser, a backend or a proxy does it.

import { systemClock } from '../packages/services/src/platform/clock.ts';
import { createCredentialIssuer } from '../packages/services/src/platform/service-credential.ts';
import type { Job } from './subjects.ts';

/** The headers that a browser sends with the widget's requests. */
const browserHeaders = {
  'content-type': 'application/json',
  origin: 'https://www.owlbikes.example',
  'user-agent': 'Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/153.0.0.0 Safari/537.36',
  'accept-language': 'en-GB,en;q=0.9',
  'sec-ch-ua': '"Chromium";v="153", "Google Chrome";v="153", "Not/A)Brand";v="24"',
  'sec-ch-ua-platform': '"Linux"',
  'x-webchat-sec-usersettings': JSON.stringify({ language: 'en-GB', cookieEnabled: true, userTimezone: -60 }),
  'x-webchat-sec-webchatinfo': JSON.stringify({ loginTimestamp: '1795155402000' }),
  'x-webchat-sec-decoders': JSON.stringify({
    audio: { aac: 'probably', opus: 'probably' },
    video: { h264: 'probably', vp9: 'probably' },
  }),
};

/** Asks once, and gives the answer that all others are like: its body, or its headers, with the token asked about. */
export async function askOnce(job: Job): Promise<Record<string, unknown>> {
  const response = await fetch(job.url, { method: job.method ?? 'POST', headers: job.headers, body: job.body ?? null });
  const text = await response.text();
  if (response.status !== job.status) throw new Error(`${job.name} answered ${response.status}: ${text}`);
  const token = job.headers.authorization?.split(' ')[1];
  return text === '' ? { ...Object.fromEntries(response.headers), token } : JSON.parse(text);
}

export function createJob(publicUrl: string, deploymentKey: string): Job {
  const body = JSON.stringify({ deploymentKey });
  return { name: 'create', url: `${publicUrl}/v2/Webchat/Token`, headers: browserHeaders, body, status: 201 };
}

export function refreshJob(publicUrl: string, deploymentKey: string, token: string): Job {
  const body = JSON.stringify({ deploymentKey, token });
  return { name: 'refresh', url: `${publicUrl}/v2/Webchat/Token/Refresh`, headers: browserHeaders, body, status: 200 };
}

export function validateJob(serviceUrl: string, serviceSecret: string, token: string): Job {
  const authorization = createCredentialIssuer(serviceSecret, systemClock)('federated-auth', 'scoped-auth');
  return {
    name: 'validate',
    url: `${serviceUrl}/v1/ScopedAuthTokens/validate`,
    headers: { 'content-type': 'application/json', authorization },
    body: JSON.stringify({ token }),
    status: 200,
  };
}

/** A proxy asks about a visitor's request, as the nginx of the documentation does. */
export function verifyJob(serviceUrl: string, credential: string, token: string): Job {
  const headers = {
    ...{ 'user-agent': browserHeaders['user-agent'], 'accept-language': browserHeaders['accept-language'] },
    ...{ 'x-original-method': 'POST', 'x-original-url': 'https://chat.example/ask?q=1' },
    ...{ 'x-gangway-credential': credential, authorization: `Bearer ${token}` },
  };
  return { name: 'verify', url: `${serviceUrl}/v1/verify`, method: 'GET', headers, status: 200 };
}
