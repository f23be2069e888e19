/** While V8 collects all the time a case takes hundreds of times as long: of each property as many as fit into some seconds. */

import { configureGlobal } from 'fast-check';

configureGlobal({ interruptAfterTimeLimit: 4_000 });
