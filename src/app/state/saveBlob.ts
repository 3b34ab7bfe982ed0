/** Offers bytes as a download under a name. */
export function saveBlob(blob: Blob, fileName: string): void {
  const url = URL.createObjectURL(blob);
  const link = document.createElement('a');
  link.href = url;
  link.download = fileName;
  document.body.append(link);
  link.click();
  link.remove();
  // The browser has its own reference once the click was handled; a minute is ample for slow disks.
  setTimeout(() => {
    URL.revokeObjectURL(url);
  }, 60_000);
}
