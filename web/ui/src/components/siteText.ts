/** Texts of the navigation and of the states that every page has. */
export const zh = {
  product: '矛盾热力图',
  menu: '菜单',
  pages: '页面',
  map: '地图',
  wall: '大屏',
  reports: '报表',
  sql: 'SQL 查询',
  quality: '数据质量',
  backtest: '预测回测',
  settings: '设置',
  signOut: '退出登录',
  language: 'English',
  toDark: '切换到深色',
  toLight: '切换到浅色',
  failed: '没有读到',
  away: '连不上服务器。',
  forbidden: '您的角色不能查看此页。',
  code: '代码 {code}',
  request: '请求 {id}',
  retry: '重试',
  csv: '下载 CSV',
  png: '下载 PNG',
  print: '打印',
}

export const en: typeof zh = {
  product: 'Dispute heat map',
  menu: 'Menu',
  pages: 'Pages',
  map: 'Map',
  wall: 'Wall',
  reports: 'Reports',
  sql: 'SQL',
  quality: 'Data quality',
  backtest: 'Backtest',
  settings: 'Settings',
  signOut: 'Sign out',
  language: '中文',
  toDark: 'Switch to dark',
  toLight: 'Switch to light',
  failed: 'Could not be read',
  away: 'The server cannot be reached.',
  forbidden: 'Your role may not see this page.',
  code: 'code {code}',
  request: 'request {id}',
  retry: 'Try again',
  csv: 'Download CSV',
  png: 'Download PNG',
  print: 'Print',
}

export const siteText = (lang: 'zh' | 'en') => (lang === 'zh' ? zh : en)

/** Puts values in for `{name}`. */
export function fill(template: string, values: Record<string, string | number>): string {
  return template.replace(/\{(\w+)\}/g, (all, name: string) => String(values[name] ?? all))
}
