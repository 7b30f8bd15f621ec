import fc from "fast-check";

/**
 * The seed of every property test of a run, so that a run can be had again: the one of `PROPERTY_SEED`, which `make fuzz` draws
 * anew each time, otherwise always the same, so that a change fails by its own fault only.
 */
fc.configureGlobal({ seed: Number(process.env["PROPERTY_SEED"] ?? 20_261_121) });
