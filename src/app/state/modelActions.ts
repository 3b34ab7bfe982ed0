import type { PreprocessingChoice } from '../../shared/modelSummary';
import type { Args, ProjectSummary } from '../../shared/protocol';
import type { Engine } from './engine';
import type { ProjectSteps } from './projectSteps';

export interface ModelActions {
  readonly removeModel: (modelId: number) => Promise<void>;
  readonly setPreprocessing: (modelId: number, choice: PreprocessingChoice) => Promise<void>;
  /** In pixels, for models whose file leaves it open. */
  readonly setInputSize: (modelId: number, height: number, width: number) => Promise<void>;
  /** Opens the files that fit several networks as the one that the person chose. */
  readonly chooseNetwork: (choice: string) => Promise<void>;
}

/** Has the engine open a model, and remembers its files in case they fit several networks. */
export type ModelOpener = (args: Args<'model/open'>) => Promise<ProjectSummary>;

/** What a person does to the source models. */
export function createModelActions(
  engine: Engine,
  { reading, changing }: ProjectSteps,
): ModelActions & { readonly openModel: ModelOpener } {
  let asked: Args<'model/open'> | null = null;
  const openModel: ModelOpener = async (args) => {
    asked = args;
    const project = await engine.call('model/open', args);
    asked = null; // only an answer that is still owed needs the files
    return project;
  };
  return {
    openModel,
    async removeModel(modelId) {
      await changing('model', () => engine.call('model/remove', { modelId }));
    },
    async setPreprocessing(modelId, choice) {
      await changing('model', () => engine.call('model/preprocessing', { modelId, choice }));
    },
    async setInputSize(modelId, height, width) {
      await changing('model', () => engine.call('model/inputSize', { modelId, height, width }));
    },
    async chooseNetwork(choice) {
      const files = asked;
      if (files) await reading('model', () => openModel({ ...files, choice }));
    },
  };
}
