"""The only place that knows Keras versions, and what else of a framework is asked anywhere.

`installed` tells which Keras there is, and `bases` lets a loader pass for a Sequence of any that is loaded.
`feeding` lists the ways in which this one can be fed, `calling` and `spelling` what it calls the arguments,
and `witness` feeds a model that writes into a `recorder` what its steps consumed: of three kinds, as releases
let one look into a step (`stepping`, `seeing`, `replacing`). `shipped` are Keras' own loaders, `settings`
what frameworks keep for the whole process, `distributed` hands a loader's shard to a strategy; `facts` measure
what a release does.
"""
