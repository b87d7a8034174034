-- The last phase is gone: the tool's own tables go with it. No cascade: what somebody else put here stops it.
drop table pgphase.history;
drop table pgphase.refinery_schema_history;
drop table pgphase.meta;
drop schema pgphase;
