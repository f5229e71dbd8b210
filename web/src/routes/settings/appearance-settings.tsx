import { setTheme, themeNames, themes, useTheme } from '../../ui/theme.ts'

export function AppearanceSettings() {
  const current = useTheme()
  return (
    <fieldset className="flex flex-wrap gap-x-6 gap-y-2">
      <legend className="sr-only">Colours</legend>
      {themes.map((theme) => (
        <label key={theme} className="flex min-h-8 items-center gap-2 text-sm">
          <input
            type="radio"
            name="theme"
            checked={theme === current}
            onChange={() => setTheme(theme)}
            className="size-4 accent-sun-strong"
          />
          {themeNames[theme]}
        </label>
      ))}
    </fieldset>
  )
}
