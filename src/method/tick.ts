/**
 * Lets waiting messages in: resolves after one turn of the event loop.
 * A message, not a timer or an animation frame, because those are throttled in hidden tabs.
 */
export function nextTick(): Promise<void> {
  return new Promise((resolve) => {
    const { port1, port2 } = new MessageChannel();
    port1.onmessage = () => {
      port1.close();
      resolve();
    };
    port2.postMessage(null);
  });
}
