import { useLayoutEffect, useRef } from 'react';
import type { Picture } from '../../shared/images';

interface Props {
  readonly picture: Picture;
  /** What the picture shows, for people who cannot see it; null where another picture says it already. */
  readonly label: string | null;
  readonly className?: string;
}

/** Pixels of the engine on a canvas, at their own resolution; CSS gives the size on screen. */
export function PictureCanvas({ picture, label, className }: Props) {
  const canvas = useRef<HTMLCanvasElement>(null);
  useLayoutEffect(() => {
    const context = canvas.current?.getContext('2d');
    if (picture.width > 0 && picture.height > 0) {
      context?.putImageData(new ImageData(picture.rgba, picture.width, picture.height), 0, 0);
    }
  }, [picture]);
  return (
    <canvas
      ref={canvas}
      {...(label === null ? { 'aria-hidden': true } : { role: 'img', 'aria-label': label })}
      width={picture.width}
      height={picture.height}
      className={className}
    />
  );
}
