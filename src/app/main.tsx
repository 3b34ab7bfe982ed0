import { createRoot } from 'react-dom/client';
import { App } from './App';
import { createEngineClient } from './engineClient';
import { createFolderMemory } from './state/remembered';
import { createStudio } from './state/studio';
import { applyTheme, readTheme } from './state/theme';
import './styles.css';

applyTheme(readTheme());

const root = document.getElementById('root');
if (root === null) throw new Error('The page has no #root.');
createRoot(root).render(<App studio={createStudio(createEngineClient(), createFolderMemory())} />);
