#!/usr/bin/env node
import('../dist/main.js').then(report => report.main(process.argv));
