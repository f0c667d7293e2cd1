/** One self-contained file: no script, nothing loaded, and a policy that forbids both. */
import { type Markup, html, trustedMarkup } from './markup.js';
import { stylesheet } from './style.js';

const CONTENT_SECURITY_POLICY = "default-src 'none'; style-src 'unsafe-inline'; img-src data:";

export function page({ title, body }: { readonly title: string; readonly body: Markup }): string {
  return html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta http-equiv="Content-Security-Policy" content="${CONTENT_SECURITY_POLICY}" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta name="color-scheme" content="light dark" />
        <title>${title}</title>
        <style>
          ${trustedMarkup(stylesheet())}
        </style>
      </head>
      <body>
        ${body}
      </body>
    </html> `.text;
}
