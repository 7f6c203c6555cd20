"""A small workshop app: students join, upload photos, and get captions from the Gemini API.

    python -m examples.workshop_app                 # on an emulator of the API, without a key
    GEMINI_API_KEY=... python -m examples.workshop_app --workers 2

It is what stresstune exists for: sessions hold pictures in memory, each makes calls to an API with
quotas, and two knobs in workshop.toml decide whether the class survives. `options` lists what can
be set; `workshop` has the routes; `app` opens what they need; `pictures`, `store` and `captions`
know nothing of HTTP.

Decisions that somebody may want to undo:

* **Sessions live in the worker that opened them**, and their id begins with its number. A worker
  that gets another's request hands it on (`handover`). So pictures are held once, and no balancer
  with sticky sessions is needed.
* **Seats are counted over all workers** in a small SQLite file (`seats`): one transaction, right
  whoever is killed when. With ``REDIS_URL`` Redis counts and holds everything, and a restart of the
  server loses nothing.
* **Slow mode waits before the call, in the server.** The pause adds to the time that a student
  takes to think, as stresstune reckons, and nobody can click it away.
* **Pictures are sent as the body of a request**, one at a time: nothing is parsed before its size
  is known, and nothing is spooled to a disk.
"""
