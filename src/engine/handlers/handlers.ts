import type { Handlers } from '../../shared/protocol';
import type { Context } from '../context';
import { datasetHandlers } from './datasets';
import { cacheHandlers } from './cache';
import { engineHandlers } from './engine';
import { folderHandlers } from './folders';
import { modelHandlers } from './models';
import { pairHandlers } from './pairs';
import { previewHandlers } from './previews';
import { projectHandlers } from './project';
import { runHandlers } from './runs';

/** A handler for every command of the protocol; a missing one does not compile. */
export function createHandlers(context: Context): Handlers {
  return {
    ...engineHandlers(context),
    ...projectHandlers(context),
    ...modelHandlers(context),
    ...folderHandlers(context),
    ...cacheHandlers(context),
    ...datasetHandlers(context),
    ...pairHandlers(context),
    ...previewHandlers(context),
    ...runHandlers(context),
  };
}
