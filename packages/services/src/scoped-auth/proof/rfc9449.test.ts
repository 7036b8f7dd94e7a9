// The examples that RFC 9449 prints, to the byte. They carry no nonce, so the last word on them is to ask for one.

import { expect, test } from 'vitest';
import { readProofHeader } from './proof-key.ts';
import { proofServer } from './testing/proofs.ts';

const header =
  'eyJ0eXAiOiJkcG9wK2p3dCIsImFsZyI6IkVTMjU2IiwiandrIjp7Imt0eSI6IkVDIiwieCI6Imw4dEZyaHgtMzR0VjNoUklDUkRZOXpDa0RscEJoRjQyVVFV' +
  'ZldWQVdCRnMiLCJ5IjoiOVZFNGpmX09rX282NHpiVFRsY3VOSmFqSG10NnY5VERWclUwQ2R2R1JEQSIsImNydiI6IlAtMjU2In19';
const thumbprint = '0ZcOCORZNYy-DWpqq30jZyJGHTN0d2HglBV3uiguA4I';

const examples = [
  {
    section: '5, a proof for a token',
    payload:
      'eyJqdGkiOiItQndDM0VTYzZhY2MybFRjIiwiaHRtIjoiUE9TVCIsImh0dSI6Imh0dHBzOi8vc2VydmVyLmV4YW1wbGUuY29tL3Rva2VuIiwiaWF0IjoxNTYy' +
      'MjYyNjE2fQ',
    signature: '2-GxA6T8lP4vfrg8v-FdWP0A0zdrj8igiMLvqRMUvwnQg4PtFLbdLXiOSsX0x7NVY-FNyJK70nfbV37xRZT3Lg',
    request: { htm: 'POST', htu: ['https://server.example.com/token'] },
  },
  {
    section: '7.1, a proof with a token',
    payload:
      'eyJqdGkiOiJlMWozVl9iS2ljOC1MQUVCIiwiaHRtIjoiR0VUIiwiaHR1IjoiaHR0cHM6Ly9yZXNvdXJjZS5leGFtcGxlLm9yZy9wcm90ZWN0ZWRyZXNvdXJj' +
      'ZSIsImlhdCI6MTU2MjI2MjYxOCwiYXRoIjoiZlVIeU8ycjJaM0RaNTNFc05yV0JiMHhXWG9hTnk1OUlpS0NBcWtzbVFFbyJ9',
    signature: '2oW9RP35yRqzhrtNP86L-Ey71EOptxRimPPToA1plemAgR6pxHF8y6-yqyVnmcw6Fy1dqd-jfxSYoMxhAJpLjA',
    request: {
      htm: 'GET',
      htu: ['https://resource.example.org/protectedresource'],
      accessToken: 'Kz~8mXK1EalYznwH-LC-1fBAo.4Ljp~zsPE_NeO.gxU',
    },
  },
];

test.each(examples)('the example of section $section passes every check up to the nonce', async (example) => {
  const { payload, signature, request } = example;
  const key = readProofHeader(header);
  expect(key?.thumbprint).toBe(thumbprint);
  expect(key?.verifies(Buffer.from(`${header}.${payload}`), Buffer.from(signature, 'base64url'))).toBe(true);

  const proof = `${header}.${payload}.${signature}`;
  expect(await proofServer().verify(proof, { ...request, expectedThumbprint: thumbprint })).toEqual({
    verdict: 'nonce_required',
  });
  expect(await proofServer().verify(proof, { ...request, accessToken: 'another' })).toMatchObject({ reason: 'other token' });
});
