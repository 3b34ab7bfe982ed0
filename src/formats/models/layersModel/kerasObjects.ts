import { isText, own, type JsonObject } from '../json';

/** Modules that hold Keras' own classes and functions, under the names of its releases. */
const ownModule = /^(keras|tf_keras|keras_core|tensorflow\.(python\.)?keras)(\.|$)/;
/** Packages under which Keras registers what is its own: `keras>Dense`. */
const ownPackage = /^keras(\.[^>]*)?>/i;

/**
 * The name of an object's class or function if it is not Keras' own, whatever it is called: programs may define their
 * own `Conv2D` or `relu`, and only `module` and `registered_name` tell.
 *
 * @param value `{class_name, module, registered_name}` as Keras 2.12 and newer write it; older ones state the class alone
 * @param name the name that the object goes by
 * @returns null if nothing says that it is foreign
 */
export function foreignName(value: JsonObject, name: string): string | null {
  const [module, registered] = [own(value, 'module'), own(value, 'registered_name')];
  if (isText(registered) && registered.includes('>') && !ownPackage.test(registered)) return registered;
  if (isText(module) && module !== '' && !ownModule.test(module)) return `${module}.${name}`;
  return null;
}
