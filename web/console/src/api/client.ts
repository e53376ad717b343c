import type { components, paths } from './schema';

export type Schemas = components['schemas'];

type Method = 'get' | 'post' | 'put' | 'patch' | 'delete';
type Operation<P extends keyof paths, M extends Method> = NonNullable<paths[P][M & keyof paths[P]]>;
type Parameters<O> = O extends { parameters: infer Q } ? Q : never;
type Answered<O> = O extends { responses: infer R } ? R[keyof R & (200 | 201)] : never;
export type Answer<P extends keyof paths, M extends Method> =
  Answered<Operation<P, M>> extends { content: { 'application/json': infer J } } ? J : undefined;
type Body<O> = O extends { requestBody?: { content: { 'application/json': infer J } } } ? J : undefined;

export type Asked<P extends keyof paths, M extends Method> = {
  path?: Parameters<Operation<P, M>> extends { path: infer V } ? V : never;
  query?: Parameters<Operation<P, M>> extends { query?: infer V } ? V : never;
  body?: Body<Operation<P, M>>;
  /** Ends the request when its answer is not wanted any more. */
  signal?: AbortSignal;
};

/** What the server refused, with its stable code and its sentence. */
export class Problem extends Error {
  constructor(
    readonly status: number,
    readonly code: string,
    message: string,
  ) {
    super(message);
  }
}

let csrfToken = '';

export function holdToken(token: string | null | undefined) {
  csrfToken = token ?? '';
}

export function address(template: string, path: object = {}, query: object = {}): string {
  const filled = template.replace(/\{(\w+)\}/g, (_, name: string) =>
    encodeURIComponent(String((path as Record<string, unknown>)[name])),
  );
  const search = new URLSearchParams();
  for (const [name, value] of Object.entries(query)) {
    for (const one of Array.isArray(value) ? value : [value]) {
      if (one !== undefined && one !== null && one !== '') search.append(name, String(one));
    }
  }
  const text = search.toString();
  return text ? `${filled}?${text}` : filled;
}

export async function call<P extends keyof paths, M extends Method>(
  method: M,
  path: P,
  asked: Asked<P, M> = {},
): Promise<Answer<P, M>> {
  const headers: Record<string, string> = {};
  if (asked.body !== undefined) headers['Content-Type'] = 'application/json';
  if (method !== 'get' && csrfToken) headers['X-CSRF-Token'] = csrfToken;
  let response: Response;
  try {
    response = await fetch(address(path, asked.path ?? {}, asked.query ?? {}), {
      method: method.toUpperCase(),
      headers,
      credentials: 'same-origin',
      signal: asked.signal,
      body: asked.body === undefined ? undefined : JSON.stringify(asked.body),
    });
  } catch {
    throw new Problem(0, 'unreachable', '');
  }
  if (!response.ok) throw await problemOf(response);
  return (response.status === 204 ? undefined : await response.json()) as Answer<P, M>;
}

async function problemOf(response: Response): Promise<Problem> {
  try {
    const told = (await response.json()) as { code: string; message: string };
    return new Problem(response.status, told.code, told.message);
  } catch {
    return new Problem(response.status, 'unreadable', response.statusText);
  }
}
