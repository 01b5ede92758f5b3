import { bundle } from '../../rolldown.shared.mjs';

export default bundle(import.meta.dirname, ['index', 'layers/index']);
