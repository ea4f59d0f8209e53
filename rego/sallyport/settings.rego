# METADATA
# title: Settings
# description: |
#   Whether the settings mean what they must: what a schema cannot say of them. Asked when a library is built and when a bundle is
#   loaded, also of a site's data in place of the library's. Each section has a check of its own under `checks`; this file names none.
package sallyport.settings

# METADATA
# title: Problems
# description: |
#   What is wrong, each with the path of the setting: `{level, path, message}`. Of level `error` where verdicts would not be what
#   the settings seem to say, or levels out of order; of level `warning` where a stricter environment is treated more kindly.
# entrypoint: true
problems := [problem |
	some check in data.sallyport.checks
	some problem in check.problems
]
