// A socket to the chat that says its first frame and leaves: how an honest visitor and a thief try the same door.

import type { Presentation, ServerFrame } from '@gangway/example-chat/protocol';

/** What came of it. */
export interface ChatAnswer {
  readonly accepted: boolean;
  /** Of a refusal: the code with which the socket was closed. */
  readonly closeCode: number | undefined;
  readonly code: string | undefined;
}

const patienceMs = 8000;

/**
 * Presents a frame to the chat.
 * @param frame gives the first frame for the nonce that the chat greets with
 * @throws Error where the chat cannot be reached, or says nothing in time
 */
export async function knockAtChat(
  url: string,
  frame: (nonce: string) => Presentation | Promise<Presentation>,
): Promise<ChatAnswer> {
  const socket = new WebSocket(url);
  const answered = Promise.withResolvers<ChatAnswer>();
  const timer = setTimeout(() => answered.reject(new Error('the chat said nothing')), patienceMs);
  let presented = false;
  let refusedAs: string | undefined;

  const hear = async (said: ServerFrame) => {
    if (said.type === 'welcome') answered.resolve({ accepted: true, closeCode: undefined, code: undefined });
    if (said.type === 'refused') refusedAs = said.code;
    if (said.type !== 'hello') return;
    // A second greeting asks for a proof with another nonce; who has none to make goes.
    if (presented) answered.resolve({ accepted: false, closeCode: undefined, code: 'use_dpop_nonce' });
    presented = true;
    socket.send(JSON.stringify(await frame(said.nonce)));
  };
  socket.addEventListener('message', ({ data }) => void hear(JSON.parse(String(data)) as ServerFrame).catch(answered.reject));
  socket.addEventListener('close', ({ code }) => {
    if (presented) answered.resolve({ accepted: false, closeCode: code, code: refusedAs });
    else answered.reject(new Error('the chat cannot be reached'));
  });
  try {
    return await answered.promise;
  } finally {
    clearTimeout(timer);
    socket.close(1000);
  }
}
