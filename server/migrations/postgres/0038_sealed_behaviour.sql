-- What was observed of a person is kept sealed, as tokens are: the column takes an envelope of the keyring and nothing else.
-- Nothing has written it yet but the generator, which leaves it empty.
alter table user_profiles drop column behavioral_data;
alter table user_profiles add column behavioral_data_encrypted text
  check (behavioral_data_encrypted ~ '^v1\.[0-9a-f]{8}\.[A-Za-z0-9_-]{16}\.[A-Za-z0-9_-]{22,}$');
comment on column user_profiles.behavioral_data_encrypted is
  'AES-256-GCM envelope of the server''s keyring around JSON: what was observed and feeds recommendations. Null: nothing was.';
