// The two calls for tokens that Twilio's Webchat 3 widget makes, as a script of the page: what it sends, what it reads of
// the answers, what it keeps in the page's storage. Written from our contract; nothing else of the widget is here.

/** What the widget is embedded with. */
export interface WebchatSettings {
  /** The host in place of Twilio's, with the scheme. */
  readonly edge: string;
  readonly deploymentKey: string;
  /** The paths; those of the widget unless a test tries others. */
  readonly paths?: { readonly init: string; readonly refresh: string };
  /** Early releases kept their login's time only after Init, so that Init went out with the default. */
  readonly remembersLate?: boolean;
}

/** What lies in the page's storage while a chat goes on. Only the identity stays when it has ended. */
export interface KeptSession {
  readonly token?: string;
  readonly expiration?: string;
  readonly identity?: string;
  readonly conversationSid?: string;
  readonly loginTimestamp?: string | null;
}

/** Where the widget keeps its session. */
export const storageName = 'TWILIO_WEBCHAT_WIDGET';
const widgetPaths = { init: '/v2/Webchat/Init', refresh: '/v2/Webchat/Tokens/Refresh' };
const versions = { 'ui-version': '1.25.10', 'webchat-version': '3.55' };
/** What it says where the browser, or its storage, says nothing. */
const defaults = {
  language: 'en_IN',
  cookieEnabled: false,
  loginTimestamp: '9999999',
  decoder: { powerEfficient: false, smooth: false, supported: false, keySystemAccess: 'twilio-keySystemAccess' },
};

/** Reads what is kept. */
export function keptSession(): KeptSession | undefined {
  return JSON.parse(localStorage.getItem(storageName) ?? 'null') ?? undefined;
}

/** Keeps a session in the place of the one before. */
export function keep(session: KeptSession): void {
  localStorage.setItem(storageName, JSON.stringify(session));
}

/**
 * Begins a chat. The identity of an earlier one is sent along, as a wish to keep it.
 * @param token what bears the wish out: the contract has a field for it, the widget never sends it
 */
export async function begin(
  settings: WebchatSettings,
  form: Readonly<Record<string, string>>,
  token?: string,
): Promise<KeptSession> {
  const loginTimestamp = String(Date.now());
  const identity = keptSession()?.identity;
  if (!settings.remembersLate) keep({ token: '', expiration: '', identity: identity ?? '', conversationSid: '', loginTimestamp });
  const { conversation_sid: conversationSid, ...answer } = await call(settings, settings.paths?.init ?? widgetPaths.init, {
    DeploymentKey: settings.deploymentKey,
    CustomerFriendlyName: form.friendlyName || 'Customer',
    PreEngagementData: JSON.stringify(form),
    ...(identity ? { Identity: identity } : {}),
    ...(token === undefined ? {} : { Token: token }),
  });
  keep({ token: answer.token, expiration: answer.expiration, identity: answer.identity, conversationSid, loginTimestamp });
  return keptSession() ?? {};
}

/** What is kept, if its token counts by this machine's clock: so the widget goes on after a reload. */
export function resume(): KeptSession | undefined {
  const kept = keptSession();
  return kept && Date.now() < new Date(kept.expiration ?? '').getTime() ? kept : undefined;
}

/** Gets the next token. Its answer has no conversation, so it is laid over what is kept. */
export async function refresh(settings: WebchatSettings): Promise<KeptSession> {
  const answer = await call(settings, settings.paths?.refresh ?? widgetPaths.refresh, {
    DeploymentKey: settings.deploymentKey,
    Token: keptSession()?.token ?? '',
  });
  keep({ ...keptSession(), ...answer });
  return keptSession() ?? {};
}

/** Forgets the chat; its identity stays. */
export function leave(): void {
  keep({ identity: keptSession()?.identity });
}

type Answer = Readonly<Record<'token' | 'expiration' | 'identity' | 'conversation_sid', string>>;

async function call({ edge }: WebchatSettings, path: string, fields: Record<string, string>): Promise<Answer> {
  const headers = {
    accept: 'application/json',
    'content-type': 'application/x-www-form-urlencoded',
    ...(await describeBrowser()),
    ...versions,
  };
  const answer = await fetch(`${edge}${path}`, { method: 'POST', headers, body: new URLSearchParams(fields).toString() });
  if (!answer.ok) throw new Error('the widget takes this for a failure');
  return answer.json();
}

async function describeBrowser(): Promise<Record<string, string>> {
  const settings = {
    language: navigator.language ?? defaults.language,
    cookieEnabled: navigator.cookieEnabled ?? defaults.cookieEnabled,
    userTimezone: new Date().getTimezoneOffset(),
  };
  const loginTimestamp = keptSession()?.loginTimestamp || defaults.loginTimestamp;
  const answers = await Promise.allSettled(['audio/mp3', 'audio/mp4'].map(canDecode));
  const [audio, video] = answers.map((each) => (each.status === 'fulfilled' ? each.value : undefined));
  const decoders = audio && video ? { audio, video } : { audio: defaults.decoder, video: defaults.decoder };
  return {
    'x-twilio-sec-usersettings': JSON.stringify(settings),
    'x-twilio-sec-webchatinfo': JSON.stringify({ loginTimestamp }),
    'x-twilio-sec-decoders': JSON.stringify(decoders),
  };
}

async function canDecode(contentType: string): Promise<MediaCapabilitiesDecodingInfo | undefined> {
  return navigator.mediaCapabilities?.decodingInfo({
    type: 'file',
    audio: { contentType, channels: '2', bitrate: 132_700, samplerate: 5200 },
  });
}
