// OpenAPI of the client's files, which the edge serves beside its routes.

import { type ClientFile, clientFiles, clientFilesPath } from '@gangway/contracts/starship';

const list = {
  get: {
    operationId: 'clientFiles',
    summary: 'Lists the files of the client with their hashes, and gives the script tag to paste.',
    tags: ['client'],
    responses: {
      '200': {
        description: 'The list; a page for who asks for `text/html`.',
        content: {
          'application/json': {
            schema: {
              type: 'object',
              required: ['version', 'scriptTag', 'files'],
              properties: {
                version: { type: 'string' },
                scriptTag: { type: 'string' },
                files: {
                  type: 'array',
                  items: {
                    type: 'object',
                    required: ['url', 'summary', 'bytes', 'integrity'],
                    properties: {
                      url: { type: 'string' },
                      summary: { type: 'string' },
                      bytes: { type: 'integer' },
                      integrity: { type: 'string', pattern: '^sha384-' },
                    },
                  },
                },
              },
            },
          },
        },
      },
    },
  },
};

function itemOf({ path, mediaType, summary }: ClientFile): object {
  const [type = ''] = mediaType.split(';');
  return {
    get: {
      operationId: `clientFile${path.replaceAll(/[^a-z]+(.)/g, (_, next: string) => next.toUpperCase())}`,
      summary,
      tags: ['client'],
      responses: {
        '200': { description: 'The file.', content: { [type]: {} } },
        '304': { description: 'The file is the one of `If-None-Match`.' },
      },
    },
  };
}

/** The path items. */
export const clientPaths: Readonly<Record<string, object>> = {
  [clientFilesPath]: list,
  ...Object.fromEntries(clientFiles.map((file) => [file.path, itemOf(file)])),
};
