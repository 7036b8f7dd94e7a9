// Why a request is not answered by the model. What stands in it may be read by the visitor: nothing of the provider does.

/** A refusal, in the shape that Gangway's have. */
export class ProxyRefusal extends Error {
  readonly status: number;
  readonly code: string;
  readonly retryAfterSeconds: number | undefined;

  constructor(status: number, code: string, message: string, retryAfterSeconds?: number) {
    super(message);
    this.status = status;
    this.code = code;
    this.retryAfterSeconds = retryAfterSeconds;
  }
}
