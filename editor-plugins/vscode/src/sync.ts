// Shows open documents to the server, and only those that may be read.
import * as vscode from 'vscode';
import { DidCloseTextDocumentNotification, DidOpenTextDocumentNotification, type LanguageClient, type Middleware } from 'vscode-languageclient/node';
import { refusal } from './policy';

export class Sync {
  private readonly shown = new Set<string>();

  readonly middleware: Middleware = {
    didOpen: async (document, next) => {
      if (refusal(document) === undefined) {
        this.shown.add(document.uri.toString());
        await next(document);
      }
    },
    didChange: async (event, next) => {
      if (this.shown.has(event.document.uri.toString())) {
        await next(event);
      }
    },
    didSave: async (document, next) => {
      if (this.shown.has(document.uri.toString())) {
        await next(document);
      }
    },
    didClose: async (document, next) => {
      if (this.shown.delete(document.uri.toString())) {
        await next(document);
      }
    },
  };

  /** After settings changed: takes away what may not be read any more, shows what may. */
  async review(client: LanguageClient): Promise<void> {
    for (const document of vscode.workspace.textDocuments) {
      const uri = document.uri.toString();
      const may = refusal(document) === undefined;
      if (may && !this.shown.has(uri)) {
        this.shown.add(uri);
        await client.sendNotification(DidOpenTextDocumentNotification.type, client.code2ProtocolConverter.asOpenTextDocumentParams(document));
      } else if (!may && this.shown.delete(uri)) {
        await client.sendNotification(DidCloseTextDocumentNotification.type, client.code2ProtocolConverter.asCloseTextDocumentParams(document));
      }
    }
  }

  reset(): void {
    this.shown.clear();
  }
}
